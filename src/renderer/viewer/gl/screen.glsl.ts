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

/**
 * Shows a picture of the canvas' own size: each value goes to one of the two counts around it, the nearer the likelier, by a seed and the
 * pixel. What is brought to eight bits so shows no bands.
 */
export const DITHER = /* glsl */ `#version 300 es
precision highp float;
precision highp int;
uniform sampler2D uPicture;
uniform int uSeed;
out vec4 colour;
void main() {
  ivec2 place = ivec2(gl_FragCoord.xy);
  uint h = uint(place.x) * 0x9e3779b1u + uint(place.y) * 0x85ebca77u + uint(uSeed);
  h = (h ^ (h >> 16)) * 0x7feb352du;
  h = (h ^ (h >> 15)) * 0x846ca68bu;
  h ^= h >> 16;
  vec3 noise = vec3(h & 1023u, (h >> 10) & 1023u, (h >> 20) & 1023u) / 1024.0;
  vec3 picture = clamp(texelFetch(uPicture, place, 0).rgb, 0.0, 1.0);
  colour = vec4(floor(picture * 255.0 + noise) / 255.0, 1.0);
}
`;

/** Shows a picture of the canvas' own size: cheaper, as nothing is mixed. */
export const COPY = /* glsl */ `#version 300 es
precision highp float;
uniform sampler2D uPicture;
uniform float uShare;            // in an average
out vec4 colour;
void main() { colour = vec4(texelFetch(uPicture, ivec2(gl_FragCoord.xy), 0).rgb, uShare); }
`;

/** Where a picture differs from pixel to pixel by more than an eye that follows it sees: 1 there, else 0. */
export const EDGES = /* glsl */ `#version 300 es
precision highp float;
uniform sampler2D uPicture;
out vec4 colour;
void main() {
  ivec2 place = ivec2(gl_FragCoord.xy), last = textureSize(uPicture, 0) - 1;
  vec3 own = texelFetch(uPicture, place, 0).rgb, most = vec3(0.0);
  for (int i = 0; i < 4; i++) {
    ivec2 beside = place + ivec2(i == 0 ? 1 : i == 1 ? -1 : 0, i == 2 ? 1 : i == 3 ? -1 : 0);
    most = max(most, abs(texelFetch(uPicture, clamp(beside, ivec2(0), last), 0).rgb - own));
  }
  colour = vec4(max(max(most.r, most.g), most.b) > 6.0 / 255.0 ? 1.0 : 0.0);
}
`;
