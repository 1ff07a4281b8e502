import type { MenuItemConstructorOptions } from 'electron';
import { COMMANDS, isBareKey, isEditingKey, MENUS, type MenuName } from '../core/commands.ts';

export interface MenuSurroundings {
  platform: NodeJS.Platform;
  /** Projects that were open, the last one first. */
  recent: readonly { path: string; name: string }[];
  /** Has the window run a command of the list. */
  run(id: string): void;
  open(path: string): void;
}

const SHOWN = 10;
const separator: MenuItemConstructorOptions = { type: 'separator' };

/** The native menus: the commands of the list in their order, and what the system itself wants in its menus. */
export function menuTemplate(around: MenuSurroundings): MenuItemConstructorOptions[] {
  const menus = MENUS.map((name) => ({ label: `&${name}`, submenu: itemsOf(name, around) }));
  const beforeHelp = menus.length - 1;
  const own: MenuItemConstructorOptions[] = [
    ...menus.slice(0, beforeHelp),
    { role: 'windowMenu' },
    { ...menus[beforeHelp], role: 'help' },
  ];
  return around.platform === 'darwin' ? [{ role: 'appMenu' }, ...own] : own;
}

function itemsOf(menu: MenuName, around: MenuSurroundings): MenuItemConstructorOptions[] {
  const items = COMMANDS.filter((command) => command.menu === menu).flatMap(({ id, title, ...facts }) => {
    const keys = 'keys' in facts ? facts.keys?.[0] : undefined;
    const item: MenuItemConstructorOptions = {
      id,
      label: title.replaceAll('&', '&&'),
      click: () => around.run(id),
      ...acceleratorOf(keys, around.platform),
    };
    return 'separated' in facts && facts.separated ? [separator, item] : [item];
  });
  if (menu === 'File') {
    const at = items.findIndex(({ id }) => id === 'project.open') + 1;
    items.splice(at, 0, recentMenu(around));
    if (around.platform !== 'darwin') items.push(separator, { role: 'quit' });
  }
  if (menu === 'Edit')
    items.push(separator, { role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' });
  if (menu === 'View') items.push(separator, { role: 'togglefullscreen' });
  return items;
}

/**
 * Letters, and what a text field undoes itself, are shown and not taken: the window hears them and knows where they were typed. macOS
 * takes whatever it shows; there letters are left out, and undo asks the window which one is meant.
 */
function acceleratorOf(
  keys: string | undefined,
  platform: NodeJS.Platform,
): Pick<MenuItemConstructorOptions, 'accelerator' | 'registerAccelerator'> {
  if (keys === undefined || (platform === 'darwin' && isBareKey(keys))) return {};
  return { accelerator: keys, registerAccelerator: !isBareKey(keys) && !isEditingKey(keys) };
}

function recentMenu({ recent, open }: MenuSurroundings): MenuItemConstructorOptions {
  return {
    id: 'project.recent',
    label: 'Open recent',
    enabled: recent.length > 0,
    submenu: recent.slice(0, SHOWN).map(({ path, name }) => ({
      label: name.replaceAll('&', '&&'),
      toolTip: path,
      click: () => open(path),
    })),
  };
}
