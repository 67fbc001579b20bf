using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SsMfar.Inference;
using SsMfar.Tests.Documentation;
using SsMfar.Tests.Onnx;

namespace SsMfar.Tests.WebApi;

/// <summary>The server that docs/onnx.md begins with, on Kestrel, which refuses synchronous reads of a body.</summary>
public sealed class SmallServerTests(ExportedModel model) : IClassFixture<ExportedModel>
{
    [Fact]
    public async Task A_body_goes_straight_into_the_predictor_and_the_application_s_log_has_the_model()
    {
        LogBook log = new();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton<ILoggerFactory>(log);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddOnnxAffectPredictor(model.Onnx);
        await using WebApplication app = builder.Build();
        app.MapPost("/predict", (HttpRequest request, IAffectPredictor predictor) =>
            predictor.PredictAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted));
        app.MapPost("/synchronous", (HttpRequest request, IAffectPredictor predictor) => predictor.Predict(request.Body).Valence);
        await app.StartAsync();
        using HttpClient client = new() { BaseAddress = new(app.Urls.Single()) };
        using IAffectPredictor local = model.Load();

        foreach (string face in model.Faces.Take(4))
        {
            using ByteArrayContent picture = new(await File.ReadAllBytesAsync(face));
            JsonElement reply = await WebSample.JsonAsync(await client.PostAsync("/predict", picture));
            reply.GetProperty("valence").GetSingle().Should().BeApproximately(local.Predict(face).Valence!.Value, 1e-5f);
        }

        using ByteArrayContent again = new(await File.ReadAllBytesAsync(model.Faces[0]));
        (await client.PostAsync("/synchronous", again)).StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        log.Of(201).Should().ContainSingle().Which.Text.Should().Contain(model.Onnx);
    }

    [Fact]
    public void The_page_s_server_has_at_most_twelve_lines()
    {
        string page = new MarkdownFile(Path.Combine("docs", "onnx.md")).CSharpBlocks()
            .First(block => block.Code.Contains("MapPost", StringComparison.Ordinal)).Code;

        page.Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCountLessThanOrEqualTo(12);
    }
}
