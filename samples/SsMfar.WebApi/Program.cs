// POST an image, get JSON:
//   dotnet run --project samples/SsMfar.WebApi -c Release -- --model affect.onnx --urls http://127.0.0.1:5000
//   curl --data-binary @face.jpg http://127.0.0.1:5000/predict
//   curl --data-binary @photograph.jpg 'http://127.0.0.1:5000/predict?x=212&y=80.5&width=160&height=160'
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Onnx;
using SsMfar.Predictions;
using SsMfar.WebApi;

// A small file may hold a large image: what is decoded is bounded for one request, and for all that are decoded at the same time; others
// wait.
const long MaximumImageBytes = 10 << 20;
const long MaximumPixels = 50_000_000;
const long MaximumDecodingMemory = 256 << 20;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.Services.AddOnnxAffectPredictor(options =>
{
    options.ModelPath = builder.Configuration["model"] ?? "affect.onnx";

    // Requests come on many threads; let each have one core, and none of them wait in a loop.
    options.Threads = 1;
    options.Spinning = false;
    options.Decoder = new ImageDecoder { MaximumPixels = MaximumPixels, MaximumMemory = MaximumDecodingMemory };
});
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, ReplyJson.Default));
builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = MaximumImageBytes);
WebApplication app = builder.Build();

// A model that cannot be loaded ends the program now instead of failing the first request.
IAffectPredictor predictor = app.Services.GetRequiredService<IAffectPredictor>();
app.MapGet("/model", () => ModelReply.Of(predictor.Metadata));
app.MapPost("/predict", async (HttpRequest request) =>
{
    if (FaceBoxQuery.Read(request.Query, out FaceBox? box) is { } fault)
    {
        return Results.Problem(fault, statusCode: StatusCodes.Status400BadRequest);
    }

    using var image = new MemoryStream();
    await request.Body.CopyToAsync(image, request.HttpContext.RequestAborted);
    try
    {
        AffectPrediction prediction = predictor.Predict(image.GetBuffer().AsMemory(0, (int)image.Length), box);
        return Results.Ok(prediction);
    }
    catch (ImageDecodeException bad)
    {
        return Results.Problem(bad.Message, statusCode: StatusCodes.Status400BadRequest);
    }
});
app.Run();
