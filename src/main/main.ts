import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  app,
  BrowserWindow,
  crashReporter,
  dialog,
  type IpcMainEvent,
  type IpcMainInvokeEvent,
  ipcMain,
  Menu,
  screen,
  session,
  shell,
  utilityProcess,
} from 'electron';
import type { Input, Output, ProcedureName } from '../contract/app.ts';
import { CHANNELS, type FromHost, HOST_WROTE_IT_DOWN, type HostStart } from '../contract/desktop.ts';
import { configFolder } from '../core/config_folder.ts';
import { graphicsSwitches } from '../core/graphics.ts';
import { note, ownStateFolder, reportCrash, reportsFolder, startLog } from '../log/index.ts';
import { givenArguments, projectIn } from './documents.ts';
import { isOwn, isPermitted, isWebPage } from './fences.ts';
import { type HostChild, HostLife } from './host_life.ts';
import { menuTemplate } from './menu.ts';
import { StageWindows } from './stage_windows.ts';
import { boundsFor, LEAST, readPlace } from './window_place.ts';

const ROOT = app.getAppPath();
const HOST = join(ROOT, 'src/host/main.ts');
const NODE = join(ROOT, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
const CONFIG = configFolder(process.env, app.getPath('home'), process.platform);
const PLACE = join(CONFIG, 'desktop', 'window.json');

const desktop = randomBytes(32).toString('base64url');
const token = randomBytes(32).toString('base64url');
let window: BrowserWindow | null = null;
let life: HostLife | null = null;
/** With the token; new after each start of the host. */
let address: string | null = null;
/** A document that the system named before the host was there. */
let pending: string | null = null;

/** Windows that draw frames, seen by nobody. */
const stages = new StageWindows(
  () => {
    const made = new BrowserWindow({
      show: false,
      webPreferences: {
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        // What is not seen is slowed down else.
        backgroundThrottling: false,
      },
    });
    return {
      load: (where) => made.loadURL(where),
      onGone: (hear) => made.webContents.once('render-process-gone', (_, { reason }) => hear(reason)),
      close: () => !made.isDestroyed() && made.destroy(),
    };
  },
  (message) => life?.tell(message),
  (where) => isOwn(where, address),
);

/** The host as a utility process; where Electron's Node cannot run TypeScript, under the Node that comes with the program. */
function forkHost(): HostChild {
  if (process.features.typescript || !existsSync(NODE)) {
    const child = utilityProcess.fork(HOST, [], { serviceName: 'Tomolapse host' });
    return {
      send: (message) => child.postMessage(message),
      onMessage: (hear) => child.on('message', hear),
      onExit: (hear) => child.once('exit', (code) => hear(`code ${code}`)),
      kill: () => child.kill(),
    };
  }
  const child = fork(HOST, [], { execPath: NODE, execArgv: [] });
  return {
    send: (message) => child.connected && child.send(message),
    onMessage: (hear) => child.on('message', (message) => hear(message as FromHost)),
    onExit: (hear) => child.once('exit', (code, signal) => hear(signal ?? `code ${code}`)),
    kill: () => child.kill('SIGKILL'),
  };
}

async function ask<N extends ProcedureName>(name: N, input: Input<N>): Promise<Output<N>> {
  const { origin } = new URL(address!);
  const response = await fetch(`${origin}/api/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-tomolapse-desktop': desktop },
    body: JSON.stringify(input),
  });
  const answer = (await response.json()) as Output<N> & { error?: { message: string } };
  if (!response.ok) throw new Error(answer.error?.message ?? `the host answered ${response.status}`);
  return answer;
}

function startLife(project: string | null): HostLife {
  const start: HostStart = {
    kind: 'start',
    config: CONFIG,
    renderer: join(ROOT, 'out/renderer'),
    roots: [],
    port: 0,
    token,
    desktop,
    project,
    drawnBy: `Chromium ${process.versions['chrome']} of Electron ${process.versions['electron']}`,
  };
  return new HostLife(forkHost, start, {
    listening: (where) => {
      // What an earlier host drew nobody takes any more.
      stages.closeAll();
      address = where;
      void show(where);
    },
    project: (path) => {
      window?.setRepresentedFilename(path ?? '');
      if (path) app.addRecentDocument(path);
      void refreshMenus();
    },
    stage: (message) => stages.hear(message),
    notice: (message) => dialog.showErrorBox('Tomolapse', message),
    crashed: (how) => {
      // One that wrote down itself what happened says so by its code.
      if (how !== `code ${HOST_WROTE_IT_DOWN}`) reportCrash(new Error(`the host ended with ${how}`), {}, 'host');
    },
    lost: (message) => {
      dialog.showErrorBox('Tomolapse cannot go on', `Its host ended again and again: ${message}`);
      app.quit();
    },
  });
}

async function show(where: string): Promise<void> {
  window ??= await makeWindow();
  // A host that was started again at its address is found by the window itself, which loses nothing.
  if (!isOwn(window.webContents.getURL(), where)) await window.loadURL(where).catch(() => undefined);
  await refreshMenus();
  if (pending) await openDocument(pending);
}

async function makeWindow(): Promise<BrowserWindow> {
  const place = readPlace(await readFile(PLACE, 'utf8').catch(() => ''));
  const displays = screen.getAllDisplays().map(({ workArea }) => workArea);
  const made = new BrowserWindow({
    ...boundsFor(place, displays),
    minWidth: LEAST.width,
    minHeight: LEAST.height,
    title: 'Tomolapse',
    backgroundColor: '#131416',
    show: false,
    webPreferences: {
      preload: join(ROOT, 'out/preload/preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  if (place.maximized) made.maximize();
  made.once('ready-to-show', () => made.show());
  made.on('close', () => {
    const kept = JSON.stringify({ bounds: made.getNormalBounds(), maximized: made.isMaximized() });
    void mkdir(dirname(PLACE), { recursive: true }).then(() => writeFile(PLACE, kept, { mode: 0o600 }));
  });
  made.on('closed', () => {
    window = null;
    // Windows that nobody sees would keep the program open.
    stages.closeAll();
  });
  return made;
}

async function refreshMenus(): Promise<void> {
  const recent = address ? (await ask('state', {}).catch(() => null))?.recent : null;
  const template = menuTemplate({
    platform: process.platform,
    recent: (recent ?? []).filter(({ exists }) => exists),
    run: (id) => window?.webContents.send(CHANNELS.command, id),
    open: (path) => void openDocument(path),
  });
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

async function openDocument(path: string): Promise<void> {
  if (!address) {
    pending = path;
    return;
  }
  pending = null;
  try {
    await ask('grant', { paths: [path] });
    await ask('open', { path });
  } catch (error) {
    dialog.showErrorBox('Cannot open the project', (error as Error).message);
  }
}

async function choose(properties: Electron.OpenDialogOptions['properties'] & object, event: IpcMainInvokeEvent) {
  if (!window || !isOwn(event.senderFrame?.url ?? '', address)) return [];
  const { filePaths } = await dialog.showOpenDialog(window, { properties });
  if (filePaths.length > 0) await ask('grant', { paths: filePaths });
  return filePaths;
}

function hearWindow(): void {
  ipcMain.handle(CHANNELS.chooseFolders, (event) => choose(['openDirectory', 'multiSelections'], event));
  ipcMain.handle(CHANNELS.chooseProject, (event) => choose(['openDirectory'], event));
  ipcMain.on(CHANNELS.dropped, (event: IpcMainEvent, path: unknown) => {
    const granted = isOwn(event.senderFrame?.url ?? '', address) && typeof path === 'string';
    void (granted ? ask('grant', { paths: [path] }) : Promise.reject())
      .then(() => true)
      .catch(() => false)
      .then((done) => {
        event.returnValue = done;
      });
  });
  ipcMain.on(CHANNELS.reveal, (event, path: unknown) => {
    if (isOwn(event.senderFrame?.url ?? '', address) && typeof path === 'string') shell.showItemInFolder(path);
  });
}

function closeFences(): void {
  app.on('web-contents-created', (_, contents) => {
    for (const leaving of ['will-navigate', 'will-redirect', 'will-frame-navigate'] as const)
      contents.on(leaving as 'will-navigate', (event) => {
        if (!isOwn(event.url, address)) event.preventDefault();
      });
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      if (isWebPage(url)) void shell.openExternal(url);
      return { action: 'deny' };
    });
  });
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((contents, permission, answer) =>
    answer(isPermitted(permission, contents.getURL(), address)),
  );
  defaultSession.setPermissionCheckHandler((_, permission, origin) => isPermitted(permission, origin, address));
  defaultSession.setDevicePermissionHandler(() => false);
}

/** The graphics that the settings ask for; only before Electron is ready can they be chosen. */
function chooseGraphics(): void {
  const file = join(CONFIG, 'app.json');
  for (const [name, value] of graphicsSwitches(existsSync(file) ? readFileSync(file, 'utf8') : ''))
    app.commandLine.appendSwitch(name, value ?? undefined);
}

function hearSystem(): void {
  app.on('open-file', (event, path) => {
    event.preventDefault();
    void openDocument(path);
  });
  app.on('second-instance', (_, argv, cwd) => {
    if (window?.isMinimized()) window.restore();
    window?.focus();
    const project = projectIn(givenArguments(argv, app.isPackaged), cwd);
    if (project) void openDocument(project);
  });
  app.on('window-all-closed', () => app.quit());
  app.on('activate', () => {
    if (!window && address) void show(address);
  });
  let ended = false;
  app.on('before-quit', (event) => {
    if (ended || !life) return;
    event.preventDefault();
    void life.end().then(() => {
      ended = true;
      app.quit();
    });
  });
}

/** What fails is written down on this machine and told to nobody. */
function keepCrashes(): void {
  startLog('main', app.getVersion());
  note('begin', { version: app.getVersion(), electron: process.versions['electron'] });
  app.setPath('crashDumps', reportsFolder(ownStateFolder()));
  crashReporter.start({ uploadToServer: false });
  process.on('uncaughtException', (error) => {
    const file = reportCrash(error);
    dialog.showErrorBox('Tomolapse cannot go on', file ? `What happened is written down in ${file}.` : error.message);
    app.exit(1);
  });
  process.on('unhandledRejection', (error) => void reportCrash(error));
  app.on('render-process-gone', (_, contents, { reason, exitCode }) => {
    if (reason === 'clean-exit') return;
    reportCrash(new Error(`the window's process ended (${reason}, code ${exitCode})`), {}, 'window');
    // The host has everything: a window loaded anew goes on where it was.
    if (contents === window?.webContents) contents.reload();
  });
  app.on('child-process-gone', (_, { type, reason, exitCode, name }) => {
    if (reason !== 'clean-exit') note('process.gone', { type, reason, exitCode, name });
  });
}

app.setName('Tomolapse');
keepCrashes();
app.setPath('userData', join(CONFIG, 'desktop'));
if (app.requestSingleInstanceLock()) {
  chooseGraphics();
  hearSystem();
  void app.whenReady().then(() => {
    closeFences();
    hearWindow();
    const project = projectIn(givenArguments(process.argv, app.isPackaged), process.cwd());
    life = startLife(pending ?? project);
    pending = null;
  });
} else app.quit();
