// Starts Swagger UI for the document of this API.
window.onload = () => {
    // Swagger UI takes the alternative "no credential" for a completed sign-in, and shows a closed lock.
    const withoutNobody = () => ({
        statePlugins: {
            auth: {
                wrapSelectors: {
                    isAuthorized: (original) => (_state, securities) =>
                        original(securities?.filter((security) => security.size > 0)),
                },
            },
        },
    });
    window.ui = SwaggerUIBundle({
        url: "/openapi.json",
        dom_id: "#swagger-ui",
        deepLinking: true,
        layout: "StandaloneLayout",
        presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
        plugins: [SwaggerUIBundle.plugins.DownloadUrl, withoutNobody],
        // Otherwise it would load a badge from another host.
        validatorUrl: "none",
    });
};
