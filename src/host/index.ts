export { findHost, type HostEntry } from './hosts.ts';
export { type Host, type HostOptions, newToken, startHost } from './server.ts';
