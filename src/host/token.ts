import { randomBytes } from 'node:crypto';

/** What cannot be guessed: 32 random bytes as text that may stand in an address. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}
