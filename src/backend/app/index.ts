export { type App, type AppOptions, createApp, DESKTOP_HEADER } from './app.ts';
export { configFolder, writePrivate } from './config.ts';
export { page } from './static.ts';
