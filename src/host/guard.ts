import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

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

export type Verdict =
  | { kind: 'pass' }
  /** The token turns into a cookie, and the address is shown without it. */
  | { kind: 'admit'; location: string; cookie: string }
  | { kind: 'refuse'; status: 400 | 401 | 403; why: string };

/** Who may talk to a host at `port`: pages of its own address, with its cookie, and programs with its token. */
export class Guard {
  readonly #port: number;
  readonly #token: string;
  readonly #cookie: string;
  /** By ticket, until when it is good. */
  readonly #tickets = new Map<string, number>();

  constructor(port: number, token: string) {
    this.#port = port;
    this.#token = token;
    // A host that is started again with the same token knows its windows again; the token itself is in no cookie.
    this.#cookie = createHmac('sha256', token).update('window').digest('base64url');
  }

  /** Cookies do not know ports: each host has a name of its own for its. */
  /** A key that lets one visit in, within a minute: for where others may read it. */
  ticket(now = Date.now()): string {
    const ticket = randomBytes(32).toString('base64url');
    this.#tickets.set(ticket, now + TICKET_MS);
    return ticket;
  }

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
    if (token !== null && method === 'GET' && (same(token, this.#token) || this.#redeem(token))) {
      asked.searchParams.delete('token');
      const cookie = `${this.cookieName}=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict`;
      return { kind: 'admit', location: `${asked.pathname}${asked.search}`, cookie };
    }
    if (this.#hasCookie(headers.cookie) || this.#hasToken(headers.authorization)) return { kind: 'pass' };
    return refuse(401, 'open the address that was printed when it was started');
  }

  #redeem(ticket: string): boolean {
    const until = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    return until !== undefined && Date.now() < until;
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

function refuse(status: 400 | 401 | 403, why: string): Verdict {
  return { kind: 'refuse', status, why };
}

/** Compares in a time that does not tell how much of it is right. */
function same(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
