export { findHost, type HostEntry } from './hosts.ts';
export { type Host, type HostOptions, startHost } from './server.ts';
