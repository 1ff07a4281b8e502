import { expect, test } from 'vitest';
import { canonicalJson } from './canonical.ts';

test('the order of names does not matter, the order of arrays does', () => {
  expect(canonicalJson({ b: [1, 2], a: { d: null, c: 'x' } })).toBe('{"a":{"c":"x","d":null},"b":[1,2]}');
  expect(canonicalJson({ a: 1, b: undefined })).toBe(canonicalJson({ a: 1 }));
  expect(canonicalJson(-0)).toBe('0');
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});

test.each([
  [{ a: [0, Number.NaN] }, 'value.a[1] is NaN'],
  [{ a: Number.POSITIVE_INFINITY }, 'value.a is Infinity'],
  [[undefined], 'value[0] is undefined'],
  [{ f: () => 1 }, 'value.f is a function'],
  [{ t: new Float32Array(2) }, 'value.t is a Float32Array, not plain JSON'],
  [new Date(0), 'value is a Date, not plain JSON'],
  [{ n: 1n }, 'value.n is a bigint'],
])('%o cannot be hashed', (value, message) => {
  expect(() => canonicalJson(value)).toThrow(message);
});
