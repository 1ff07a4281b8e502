import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { CHANNELS, type DesktopBridge } from '../contract/desktop.ts';

const bridge: DesktopBridge = {
  chooseFolders: () => ipcRenderer.invoke(CHANNELS.chooseFolders),
  chooseProject: () => ipcRenderer.invoke(CHANNELS.chooseProject),
  pathOf(file) {
    const path = webUtils.getPathForFile(file as Parameters<typeof webUtils.getPathForFile>[0]);
    // Waited for: what comes next asks the host about the path.
    if (path !== '') ipcRenderer.sendSync(CHANNELS.dropped, path);
    return path;
  },
  reveal: (path) => ipcRenderer.send(CHANNELS.reveal, path),
  onCommand: (run) => {
    ipcRenderer.on(CHANNELS.command, (_, id: string) => run(id));
  },
};

contextBridge.exposeInMainWorld('tomolapse', bridge);
