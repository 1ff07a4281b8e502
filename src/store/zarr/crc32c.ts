/** CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), eight bytes a step, after Intel's slicing-by-8. */

const POLYNOMIAL = 0x82f63b78;

const tables = (() => {
  const made = Array.from({ length: 8 }, () => new Uint32Array(256));
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    made[0]![byte] = value;
  }
  for (let k = 1; k < 8; k++)
    for (let byte = 0; byte < 256; byte++) {
      const before = made[k - 1]![byte]!;
      made[k]![byte] = (before >>> 8) ^ made[0]![before & 255]!;
    }
  return made;
})();

/** Checksum of `bytes` after bytes whose checksum is `before`. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let value = ~before;
  const whole = bytes.length - (bytes.length % 8);
  let i = 0;
  for (; i < whole; i += 8) {
    value ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    value =
      t7[value & 255]! ^
      t6[(value >>> 8) & 255]! ^
      t5[(value >>> 16) & 255]! ^
      t4[value >>> 24]! ^
      t3[bytes[i + 4]!]! ^
      t2[bytes[i + 5]!]! ^
      t1[bytes[i + 6]!]! ^
      t0[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) value = (value >>> 8) ^ t0[(value ^ bytes[i]!) & 255]!;
  return ~value >>> 0;
}

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
