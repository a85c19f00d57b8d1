/** The views of all kinds but scalars: a part of the page of its own, loaded when the first such card comes into view. */
import type { Kind } from "../lib/kind";
import type { MediaView } from "../views/media_card";
import { ImageBody, ImageControls, ImageItems } from "./image";
import { TextBody, TextControls, TextItems } from "./text";

export const views: Partial<Record<Kind, MediaView>> = {
  image: { Body: ImageBody, Controls: ImageControls, Items: ImageItems },
  text: { Body: TextBody, Controls: TextControls, Items: TextItems },
};
