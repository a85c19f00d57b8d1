/**
 * Runs before the first paint and before the rest of the page has arrived: sets a chosen theme, so that the other one
 * does not flash, and asks for what every board begins with (api/head_start.ts).
 */
import { codeFrom } from "./api/code";
import { startAhead } from "./api/head_start";
import { readStored } from "./state/stored";

const theme = readStored("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
startAhead(codeFrom(location.hash), readStored("secret"));
