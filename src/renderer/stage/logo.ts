/** Pixels that a drawing without pixels of its own is tall: sharp in any movie. */
const DRAWN_HEIGHT = 1024;

/** A logo from its file: PNG, JPEG or SVG. Rejects where it cannot be read. */
export async function readLogo(file: Blob): Promise<ImageBitmap> {
  // Drawings are not taken as they are.
  if (!file.type.startsWith('image/svg')) return await createImageBitmap(file);
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const canvas = new OffscreenCanvas(Math.round(((width || 1) / (height || 1)) * DRAWN_HEIGHT), DRAWN_HEIGHT);
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.transferToImageBitmap();
  } finally {
    URL.revokeObjectURL(url);
  }
}
