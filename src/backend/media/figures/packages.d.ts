/** What is used of pdfkit. */
declare module 'pdfkit' {
  interface Options {
    size: [width: number, height: number];
    margin: number;
    pdfVersion: '1.5';
    font: null;
    info: Record<string, string | Date>;
  }
  export default class PDFDocument {
    constructor(options: Options);
    readonly info: Record<string, string | Date>;
    /** Writes the same notes again as XMP, with a date. */
    endMetadata: () => void;
    on(event: 'data', listener: (piece: Buffer) => void): this;
    on(event: 'end', listener: () => void): this;
    end(): void;
    save(): this;
    restore(): this;
    transform(a: number, b: number, c: number, d: number, e: number, f: number): this;
    path(d: string): this;
    rect(x: number, y: number, width: number, height: number): this;
    clip(): this;
    fill(colour: string, rule?: 'even-odd'): this;
    stroke(colour: string): this;
    fillAndStroke(fill: string, stroke: string, rule?: 'even-odd'): this;
    fillColor(colour: string): this;
    fillOpacity(opacity: number): this;
    strokeOpacity(opacity: number): this;
    lineWidth(width: number): this;
    lineCap(cap: string): this;
    lineJoin(join: string): this;
    dash(lengths: number[]): this;
    registerFont(name: string, bytes: Buffer): this;
    font(name: string): this;
    fontSize(size: number): this;
    widthOfString(text: string): number;
    text(text: string, x: number, y: number, options: { lineBreak: false; baseline: 'alphabetic' }): this;
    image(bytes: Buffer, x: number, y: number, options: { width: number; height: number }): this;
  }
}

declare module 'subset-font' {
  export default function subsetFont(
    font: Buffer,
    letters: string,
    options: { targetFormat: 'woff2' },
  ): Promise<Buffer>;
}
