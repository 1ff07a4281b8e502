import '@fontsource-variable/inter/wght.css';
import './style/tokens.css';
import './style/base.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <main className="start">Tomolapse</main>
  </StrictMode>,
);
