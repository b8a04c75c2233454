// Numbers and colours as text.

const SHORT = 3; // significant digits of a number that is not whole

// Whole numbers as they are, others with three significant digits; a true minus sign.
export function number(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const whole = Number.isInteger(value) && size < 1e5;
  const text = whole ? String(size) : short(size);
  return value < 0 ? "−" + text : text;
}

function short(size) {
  const rounded = Number(size.toPrecision(SHORT));
  return rounded >= 1e5 || rounded < 1e-3 ? rounded.toExponential().replace("e+", "e") : String(rounded);
}

// In brackets where a sign would follow an operator.
export function factor(value) {
  return value < 0 ? `(${number(value)})` : number(value);
}

// How strong the colour of a value is, 0 to 1; nothing for what is not a number.
export function strength(value, scale) {
  return Number.isFinite(value) && scale > 0 ? Math.min(1, Math.abs(value) / scale) : 0;
}

export function largest(values) {
  let scale = 0;
  for (const value of values) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
  return scale;
}
