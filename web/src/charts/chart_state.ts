/** How it stands with a chart: what its card says beside the lines, or instead of them. */

export interface ChartState {
  /** `waiting`: nothing to draw yet; `empty`: nothing to ask for. */
  kind: "waiting" | "empty" | "drawn";
  trouble: string | null;
  busy: boolean;
  /** Values that a logarithmic axis cannot show. */
  below_log: boolean;
  /** Why the chart is `empty`. */
  nothing: string;
  /** What is not on the x axis of what the card is about; "" when all is. */
  missing: string;
}

export const BEGINNING: ChartState = {
  kind: "waiting",
  trouble: null,
  busy: false,
  below_log: false,
  nothing: "",
  missing: "",
};
