/**
 * Where this program writes down what happened, for its user alone: `$XDG_STATE_HOME/tomolapse`, or where the system keeps such
 * things.
 */
export function stateFolder(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
  platform: string,
): string {
  const { XDG_STATE_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (xdg) return `${xdg}/tomolapse`;
  if (platform === 'win32') return `${local ?? `${home}\\AppData\\Local`}\\Tomolapse`;
  if (platform === 'darwin') return `${home}/Library/Logs/Tomolapse`;
  return `${home}/.local/state/tomolapse`;
}
