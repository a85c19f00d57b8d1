/** The views of all kinds but scalars: a part of the page of its own, loaded when the first such card comes into view. */
import type { Kind } from "../lib/kind";
import type { MediaView } from "../views/media_card";
import { custom_scalars } from "./custom_scalars";
import { histogram } from "./histogram";
import { ImageBody, ImageControls, ImageItems } from "./image";
import { pr_curve } from "./pr_curve";

export const views: Partial<Record<Kind, MediaView>> = {
  image: { Body: ImageBody, Controls: ImageControls, Items: ImageItems },
  custom_scalars,
  histogram,
  pr_curve,
};
