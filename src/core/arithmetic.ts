/**
 * The value of a sum typed into a field: "3*1.625", "(12+4)/2", "1e3", "-0.5"; a decimal comma counts as a point and
 * what follows the number, its unit, is passed over. Null where it cannot be read or is not finite.
 */
export function evaluate(text: string): number | null {
  const source = text.replace(/,/g, '.').replace(/×/g, '*').replace(/÷/g, '/').replace(/−/g, '-');
  const words = source.replace(/\s*[a-zµμ%°²³⁻¹/]*[a-zµμ%°²³⁻¹]+\s*$/iu, '');
  const tokens = words.match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|[-+*/()]|\S/gi);
  if (!tokens) return null;
  let at = 0;
  const sum = (): number => {
    let value = product();
    while (tokens[at] === '+' || tokens[at] === '-') value += tokens[at++] === '+' ? product() : -product();
    return value;
  };
  const product = (): number => {
    let value = factor();
    while (tokens[at] === '*' || tokens[at] === '/') value = tokens[at++] === '*' ? value * factor() : value / factor();
    return value;
  };
  const factor = (): number => {
    const token = tokens[at++];
    if (token === '-') return -factor();
    if (token === '+') return factor();
    if (token === '(') {
      const value = sum();
      return tokens[at++] === ')' ? value : Number.NaN;
    }
    return token !== undefined && /^[\d.]/.test(token) ? Number(token) : Number.NaN;
  };
  const value = sum();
  return at === tokens.length && Number.isFinite(value) ? value : null;
}
