import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { newToken } from './token.ts';

/** What of a request decides whether it is answered at all. */
export interface Knock {
  method: string;
  /** As it stands in the request: path and query. */
  url: string;
  headers: IncomingHttpHeaders;
  /** How many Host headers there are. */
  hosts: number;
}

const TICKET_MS = 60_000;
const MOST_NONCES = 100;
/** Where a window learns its key, and shows it. */
export const WINDOW_PATH = '/api/window';
const SCHEME = 'Tomolapse';

export type Verdict =
  | { kind: 'pass' }
  /** The token turns into a cookie, and the address is shown without it; a window that has shown that it was known gets it alone. */
  | { kind: 'admit'; location: string | null; cookie: string }
  /** `nonce`: what a window that an earlier host knew may prove its key with. */
  | { kind: 'refuse'; status: 400 | 401 | 403; why: string; nonce?: string };

/** Who may talk to a host at `port`: pages of its own address, with its cookie, and programs with its token. */
export class Guard {
  readonly #port: number;
  readonly #token: string;
  readonly #cookie: string;
  /**
   * With it a window shows a host that is started anew at this port that it was let in before. It is never sent to who has not shown
   * a cookie, so that another user's program at the port of a host that ended learns nothing of it.
   */
  readonly windowKey: string;
  /** By ticket, until when it is good. */
  readonly #tickets = new Map<string, number>();
  /** By nonce, until when it may be answered. */
  readonly #nonces = new Map<string, number>();

  /** `userKey` is the same for all hosts of a user, whenever they run. */
  constructor(port: number, token: string, userKey: string) {
    this.#port = port;
    this.#token = token;
    // A host that is started again with the same token and port knows its windows again; the token itself is in no cookie.
    this.#cookie = hmac(token, `window ${port}`);
    this.windowKey = hmac(userKey, `window ${port}`);
  }

  /** A key that lets one visit in, within a minute: for where others may read it. */
  ticket(now = Date.now()): string {
    const ticket = newToken();
    this.#tickets.set(ticket, now + TICKET_MS);
    return ticket;
  }

  /** Cookies do not know ports: each host has a name of its own for its. */
  get cookieName(): string {
    return `tomolapse_${this.#port}`;
  }

  judge({ method, url, headers, hosts }: Knock): Verdict {
    const own = [`127.0.0.1:${this.#port}`, `localhost:${this.#port}`];
    const { host, origin } = headers;
    // A foreign name that was made to point here (DNS rebinding), and pages of other addresses.
    if (hosts !== 1 || !own.includes(host ?? '')) return refuse(403, 'this host is not asked for by that name');
    if (origin !== undefined && origin !== `http://${host}`) return refuse(403, 'pages of other addresses may not ask');
    if (!/^\/(?![/\\])[^\\]*$/.test(url)) return refuse(400, 'the address is not a path');
    const asked = URL.parse(url, `http://${host}`);
    if (!asked) return refuse(400, 'the address is not a path');
    const token = asked.searchParams.get('token');
    if (token !== null && method === 'GET' && (same(token, this.#token) || redeem(this.#tickets, token))) {
      asked.searchParams.delete('token');
      return this.#admit(`${asked.pathname}${asked.search}`);
    }
    if (this.#hasCookie(headers.cookie) || this.#hasToken(headers.authorization)) return { kind: 'pass' };
    const refused = refuse(401, 'open the address that was printed when it was started');
    if (asked.pathname !== WINDOW_PATH) return refused;
    if (this.#isKnown(headers.authorization, `http://${host}`)) return this.#admit(null);
    return { ...refused, nonce: this.#nonce() };
  }

  #admit(location: string | null): Verdict {
    const cookie = `${this.cookieName}=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict`;
    return { kind: 'admit', location, cookie };
  }

  #nonce(): string {
    const nonce = newToken();
    this.#nonces.set(nonce, Date.now() + TICKET_MS);
    if (this.#nonces.size > MOST_NONCES) this.#nonces.delete(this.#nonces.keys().next().value!);
    return nonce;
  }

  /** Whether a nonce of this host comes back with its proof, for the address that the window sees: relayed, it proves nothing. */
  #isKnown(header: string | undefined, origin: string): boolean {
    const [scheme, answer = ''] = (header ?? '').split(' ');
    const [nonce = '', proof = ''] = answer.split('.');
    if (scheme !== SCHEME || !redeem(this.#nonces, nonce)) return false;
    return same(proof, hmac(Buffer.from(this.windowKey, 'base64url'), `${nonce} ${origin}`));
  }

  #hasCookie(header: string | undefined): boolean {
    const cookies = (header ?? '').split(';').map((part) => part.trim().split('='));
    return cookies.some(([name, value]) => name === this.cookieName && same(value ?? '', this.#cookie));
  }

  #hasToken(header: string | undefined): boolean {
    const [scheme, token] = (header ?? '').split(' ');
    return scheme === 'Bearer' && same(token ?? '', this.#token);
  }
}

function refuse(status: 400 | 401 | 403, why: string) {
  return { kind: 'refuse', status, why } as const;
}

function hmac(key: string | Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}

/** Whether something is still good; it is so once. */
function redeem(kept: Map<string, number>, name: string): boolean {
  const until = kept.get(name);
  kept.delete(name);
  return until !== undefined && Date.now() < until;
}

/** Compares in a time that does not tell how much of it is right. */
function same(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
