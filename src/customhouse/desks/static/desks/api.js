/* The page of the API: Swagger UI from our own files, told where the document is. */
"use strict";
const place = document.getElementById("document");
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: "list",
  presets: [SwaggerUIBundle.presets.apis],
});
