/** Whether an address is one of the window's own: the host's, whatever the path. */
export function isOwn(url: string, address: string | null): boolean {
  if (address === null) return false;
  const [asked, own] = [URL.parse(url), URL.parse(address)];
  return asked !== null && asked.origin === own?.origin;
}

/** Whether a link may be given to the system's browser: pages of the web alone, never files or programs. */
export function isWebPage(url: string): boolean {
  return URL.parse(url)?.protocol === 'https:';
}

/** Permissions that the window may use; all others are denied. */
export function isPermitted(permission: string, url: string, address: string | null): boolean {
  return isOwn(url, address) && ['clipboard-sanitized-write', 'fullscreen'].includes(permission);
}
