/**
 * JSON with sorted names, for hashing: equal values give equal text. Fields that are undefined are left out, -0 is 0.
 * Throws a TypeError naming the place of a value that JSON cannot carry (NaN, infinities, functions, undefined in an
 * array, typed arrays and other objects that are not plain).
 */
export function canonicalJson(value: unknown, at = 'value'): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${at} is ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value))
    return `[${Array.from(value, (entry, i) => canonicalJson(entry, `${at}[${i}]`)).join(',')}]`;
  if (typeof value === 'object') {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null)
      throw new TypeError(`${at} is a ${value.constructor.name}, not plain JSON`);
    const fields = Object.entries(value).filter(([, field]) => field !== undefined);
    fields.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field, `${at}.${name}`)}`).join(',')}}`;
  }
  throw new TypeError(`${at} is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}`);
}
