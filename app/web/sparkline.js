// A small line of the last values, the newest at the right edge, from zero up.

/** Draw `values` (oldest first) into the paths of a tile; `capacity` of them fill the width, `top` is never exceeded. */
export function drawSparkline(svg, { values, capacity, top }) {
  const { width, height } = svg.getBoundingClientRect();
  if (width === 0) return;
  const step = width / (capacity - 1);
  const highest = Math.max(top, ...values);
  const x = (index) => (width - (values.length - 1 - index) * step).toFixed(1);
  const y = (value) => (height - 1 - (value / highest) * (height - 3)).toFixed(1);
  const line = values.map((value, index) => `${x(index)} ${y(value)}`).join("L");
  svg.querySelector(".line").setAttribute("d", values.length > 1 ? `M${line}` : "");
  svg.querySelector(".area").setAttribute("d", values.length > 1 ? `M${line}V${height}H${x(0)}Z` : "");
}
