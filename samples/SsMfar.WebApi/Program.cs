// POST an image, get JSON:
//   dotnet run --project samples/SsMfar.WebApi -c Release -- --model affect.onnx --urls http://127.0.0.1:5000
//   curl --data-binary @face.jpg http://127.0.0.1:5000/predict
//   curl --data-binary @photograph.jpg 'http://127.0.0.1:5000/predict?x=212&y=80&width=160&height=160'
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Onnx;
using SsMfar.WebApi;

const long MaximumImageBytes = 10 << 20;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.Services.AddOnnxAffectPredictor(options =>
{
    options.ModelPath = builder.Configuration["model"] ?? "affect.onnx";

    // Requests come on many threads; let each have one core, and none of them wait in a loop.
    options.Threads = 1;
    options.Spinning = false;
});
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, ReplyJson.Default));
builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = MaximumImageBytes);
WebApplication app = builder.Build();

// A model that cannot be loaded ends the program now instead of failing the first request.
IAffectPredictor predictor = app.Services.GetRequiredService<IAffectPredictor>();
app.MapGet("/model", () => ModelReply.Of(predictor.Metadata));
app.MapPost("/predict", async (HttpRequest request, int? x, int? y, int? width, int? height) =>
{
    FaceBox? box = null;
    if ((x, y, width, height) is ({ } left, { } top, > 0 and { } across, > 0 and { } down))
    {
        box = new FaceBox(left, top, across, down);
    }
    else if (x is not null || y is not null || width is not null || height is not null)
    {
        return Results.Problem("A face box needs x, y, and a width and height above 0, in pixels.", statusCode: StatusCodes.Status400BadRequest);
    }

    using var image = new MemoryStream();
    await request.Body.CopyToAsync(image, request.HttpContext.RequestAborted);
    try
    {
        AffectPrediction prediction = predictor.Predict(image.GetBuffer().AsMemory(0, (int)image.Length), box);
        return Results.Ok(FaceReply.Of(prediction));
    }
    catch (ImageDecodeException bad)
    {
        return Results.Problem(bad.Message, statusCode: StatusCodes.Status400BadRequest);
    }
});
app.Run();
