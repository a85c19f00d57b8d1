/**
 * The debiased exponential moving average of TensorBoard, for the moment until the engine's exact answer is there.
 *
 * The engine averages over every point; the page has only some of them. A weight is therefore stretched over the
 * points that each kept point stands for: w becomes w^(points / kept).
 */
export function smooth(values: Float64Array, weight: number, points_per_value = 1): Float64Array {
  const stretched = weight ** Math.max(1, points_per_value);
  const out = new Float64Array(values.length);
  let average = 0;
  let divisor = 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isFinite(value)) {
      out[i] = value;
      continue;
    }
    average = stretched * average + (1 - stretched) * value;
    divisor *= stretched;
    out[i] = average / (1 - divisor);
  }
  return out;
}
