export { findHost, type HostEntry } from './hosts.ts';
export { type Host, type HostOptions, type Served, serveAnywhere, startHost } from './server.ts';
