/** The reflected polynomial of CRC-32C. */
const POLYNOMIAL = 0x82f63b78;

type Operator = Uint32Array;

function applied(operator: Operator, value: number): number {
  let sum = 0;
  for (let bit = 0; value !== 0; bit++, value >>>= 1) if (value & 1) sum ^= operator[bit]!;
  return sum >>> 0;
}

const operators = new Map<number, Operator>();

/** What `length` zero bytes do to a checksum: a 32×32 matrix over GF(2), by repeated squaring. */
function zeros(length: number): Operator {
  const known = operators.get(length);
  if (known) return known;
  let square = new Uint32Array(32);
  square[0] = POLYNOMIAL;
  for (let bit = 1; bit < 32; bit++) square[bit] = 2 ** (bit - 1);
  let result = new Uint32Array(32).map((_, bit) => 2 ** bit);
  for (let bits = length * 8; bits > 0; bits = Math.floor(bits / 2)) {
    if (bits % 2) result = result.map((column) => applied(square, column));
    square = square.map((column) => applied(square, column));
  }
  operators.set(length, result);
  return result;
}

/** Checksum of two stretches of bytes one after the other, from the checksum of each and the length of the second. */
export function joinedCrc32c(first: number, second: number, secondLength: number): number {
  return (applied(zeros(secondLength), first) ^ second) >>> 0;
}
