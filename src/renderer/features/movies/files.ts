import { parseStoryboard } from '../../../contract/storyboard.ts';
import type { Storyboard } from '../../../core/movie/storyboard.ts';
import { tell, tellError } from '../../state/notices.ts';
import { addBoard } from './boards.ts';

/** Keeps a storyboard as a file that `tomolapse movie --storyboard` takes. */
export function saveBoard(name: string, board: Storyboard): void {
  const text = `${JSON.stringify(board, null, 2)}\n`;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = `${name.replace(/[^\w.-]+/g, '-')}.json`;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  tell('done', `Storyboard saved: ${link.download}`);
}

/** Asks for a file and takes its storyboard; whether there was one. */
export async function importBoard(): Promise<boolean> {
  const file = await chosenFile();
  if (!file) return false;
  try {
    await addBoard(
      file.name.replace(/\.json$/i, '').slice(0, 70) || 'movie',
      parseStoryboard(await file.text(), file.name),
    );
    return true;
  } catch (error) {
    tellError(error);
    return false;
  }
}

function chosenFile(): Promise<File | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = '.json,application/json';
    input.addEventListener('change', () => resolve(input.files?.[0] ?? null), { once: true });
    input.addEventListener('cancel', () => resolve(null), { once: true });
    input.click();
  });
}
