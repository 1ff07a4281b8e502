const PATH = '/api/window';
/** What this window proves with that it was let in; known while a host knows it, and for as long as it is open. */
let key: CryptoKey | null = null;

/** Learns the window's key from a host that knows it. */
export async function learnKey(): Promise<void> {
  if (key) return;
  const response = await fetch(PATH, { credentials: 'same-origin' });
  if (!response.ok) return;
  const told = (await response.json()) as { key: string };
  key = await crypto.subtle.importKey('raw', bytesOf(told.key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

/**
 * Shows a host that was started anew at the same address that the one before it had let this window in. The proof is of the new
 * host's own question and holds for this address alone. Returns whether the window is known (again); false where no host answers.
 */
export async function resume(): Promise<boolean> {
  try {
    const asked = await fetch(PATH, { credentials: 'same-origin' });
    if (asked.ok) return true;
    const nonce = /nonce="([\w-]+)"/.exec(asked.headers.get('www-authenticate') ?? '')?.[1];
    if (!nonce || !key) return false;
    const text = new TextEncoder().encode(`${nonce} ${window.location.origin}`);
    const proof = textOf(new Uint8Array(await crypto.subtle.sign('HMAC', key, text)));
    const headers = { authorization: `Tomolapse ${nonce}.${proof}` };
    return (await fetch(PATH, { headers, credentials: 'same-origin' })).ok;
  } catch {
    return false;
  }
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const plain = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function textOf(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
