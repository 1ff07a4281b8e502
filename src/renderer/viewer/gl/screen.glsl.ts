export const FULL_SCREEN = /* glsl */ `#version 300 es
void main() { gl_Position = vec4(vec2((gl_VertexID << 1) & 2, gl_VertexID & 2) * 2.0 - 1.0, 0.0, 1.0); }
`;

/** Rectangles of the picture, one an instance: left, bottom, right, top in clip space. */
export const RECTS = /* glsl */ `#version 300 es
layout(location = 0) in vec4 rect;
void main() {
  gl_Position = vec4((gl_VertexID & 1) == 0 ? rect.x : rect.z, (gl_VertexID & 2) == 0 ? rect.y : rect.w, 0.0, 1.0);
}
`;

/** Shows a picture, stretched to the canvas. */
export const SHOW = /* glsl */ `#version 300 es
precision highp float;
uniform sampler2D uPicture;
uniform vec2 uPixel;
out vec4 colour;
void main() { colour = vec4(textureLod(uPicture, gl_FragCoord.xy * uPixel, 0.0).rgb, 1.0); }
`;
