// Arrays that travelled as bytes: row-major, little-endian doubles.

export function unpack(index, data) {
  const bytes = data instanceof DataView ? data : new DataView(data);
  const all = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const arrays = {};
  for (const [name, [offset, shape]] of Object.entries(index)) {
    const size = shape.reduce((product, n) => product * n, 1);
    arrays[name] = ndarray(shape, all.subarray(offset, offset + size));
  }
  return arrays;
}

export function ndarray(shape, data) {
  const at = (...indices) => data[indices.reduce((flat, index, axis) => flat * shape[axis] + index, 0)];
  return { shape, data, at };
}
