import '@fontsource-variable/inter/wght.css';
import './style/tokens.css';
import './style/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { runFromMenu } from './commands/native_menu.ts';
import './features/all.ts';
import type { CommandId } from '../core/commands.ts';
import { bridge } from './state/bridge.ts';
import { applyTheme, lastTheme } from './style/theme.ts';

applyTheme(lastTheme());
bridge()?.onCommand?.((id) => runFromMenu(id as CommandId));

createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
