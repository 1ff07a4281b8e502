/**
 * The user's folder of this program: `$XDG_CONFIG_HOME/tomolapse`, or where the system keeps such things. The command line,
 * the host and the desktop's main process share it.
 */
export function configFolder(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
  platform: string,
): string {
  const { XDG_CONFIG_HOME: xdg, APPDATA: roaming } = environment;
  if (xdg) return `${xdg}/tomolapse`;
  if (platform === 'win32') return `${roaming ?? `${home}\\AppData\\Roaming`}\\Tomolapse`;
  return `${home}/.config/tomolapse`;
}
