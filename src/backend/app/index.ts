export { type App, type AppOptions, createApp, DESKTOP_HEADER } from './app.ts';
export { settingsOf, userFolder, writePrivate } from './config.ts';
export { asItIs, type ReadProject } from './session.ts';
export { browserWindows } from './stage/browser.ts';
export { exportMovie, type MovieMade, type MovieRequest } from './stage/export.ts';
export { drawStills, type StillsAsked } from './stage/stills.ts';
export { builtPage, type StageDoor, type StageWindow, type StageWindows } from './stage/window.ts';
export { Works } from './stage/works.ts';
export { page, staticFile } from './static.ts';
