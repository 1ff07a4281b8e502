export { type App, type AppOptions, createApp, DESKTOP_HEADER } from './app.ts';
export { userFolder, writePrivate } from './config.ts';
export { page } from './static.ts';
