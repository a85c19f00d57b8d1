/** The views of all kinds but scalars: a part of the page of its own, loaded when the first such card comes into view. */
import type { Kind } from "../lib/kind";
import type { MediaView } from "../views/media_card";
import { AudioBody, AudioControls, AudioItems } from "./audio";
import { custom_scalars } from "./custom_scalars";
import { histogram } from "./histogram";
import { ImageBody, ImageControls, ImageItems } from "./image";
import { pr_curve } from "./pr_curve";
import { TextBody, TextControls, TextItems } from "./text";

export const views: Partial<Record<Kind, MediaView>> = {
  image: { Body: ImageBody, Controls: ImageControls, Items: ImageItems },
  audio: { Body: AudioBody, Controls: AudioControls, Items: AudioItems },
  text: { Body: TextBody, Controls: TextControls, Items: TextItems },
  custom_scalars,
  histogram,
  pr_curve,
};
