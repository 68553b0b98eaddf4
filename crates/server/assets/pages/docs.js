SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#operations",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  validatorUrl: null,
  displayRequestDuration: true,
  tryItOutEnabled: true,
});
