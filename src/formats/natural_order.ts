/** Compares names so that slice_2 comes before slice_10: runs of digits as numbers, the rest by code point. */
export function naturalOrder(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? [];
  const right = b.match(/\d+|\D+/g) ?? [];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order =
      isDigits(left[i]) && isDigits(right[i]) ? byNumber(left[i], right[i]) : byCodePoint(left[i], right[i]);
    if (order !== 0) return order;
  }
  return left.length - right.length || byCodePoint(a, b);
}

function isDigits(part: string): boolean {
  return part >= '0' && part < ':';
}

function byNumber(a: string, b: string): number {
  const left = a.replace(/^0+(?=\d)/, '');
  const right = b.replace(/^0+(?=\d)/, '');
  return left.length - right.length || byCodePoint(left, right);
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
