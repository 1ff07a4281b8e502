import { useSyncExternalStore } from 'react';
import { useSession } from '../state/session.ts';

export type Theme = 'dark' | 'light';

const light = window.matchMedia('(prefers-color-scheme: light)');

export function themeOf(wish: 'dark' | 'light' | 'system', systemLight: boolean): Theme {
  return wish === 'system' ? (systemLight ? 'light' : 'dark') : wish;
}

/** The theme now: chosen, or the system's. */
export function useTheme(): Theme {
  const wish = useSession((session) => session.settings.theme);
  const systemLight = useSyncExternalStore(
    (changed) => {
      light.addEventListener('change', changed);
      return () => light.removeEventListener('change', changed);
    },
    () => light.matches,
  );
  return themeOf(wish, systemLight);
}

const KEPT = 'tomolapse-theme';

/** Colours the window; the next start begins with the same colours before the host has spoken. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  localStorage.setItem(KEPT, theme);
}

export function lastTheme(): Theme {
  return localStorage.getItem(KEPT) === 'light' ? 'light' : 'dark';
}
