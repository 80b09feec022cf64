/** SVG's presentation attributes that may hold a raw value, in CSS's words. */
export const presentation = /^(fill|stroke|stop-color|flood-color|lighting-color|color)$/
