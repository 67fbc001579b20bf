// POST a picture as the body or as the file of a form, get JSON:
//   dotnet run --project samples/SsMfar.WebApi -c Release -- --model affect.onnx --urls http://127.0.0.1:5000
//   curl -H 'Content-Type: image/jpeg' --data-binary @face.jpg http://127.0.0.1:5000/predict
//   curl -F picture=@photograph.jpg 'http://127.0.0.1:5000/predict?x=212&y=80.5&width=160&height=160'
// or a photograph with any number of people (--detector FILE takes another detector):
//   curl -H 'Content-Type: image/jpeg' --data-binary @photograph.jpg http://127.0.0.1:5000/faces
//   curl http://127.0.0.1:5000/health
using Microsoft.AspNetCore.Http.Features;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.WebApi;

// A small file may hold a large image: what is decoded is bounded for one request, and for all that are decoded at the same time; others
// wait.
const int MaximumBodyBytes = 10 << 20;
const long MaximumPixels = 50_000_000;
const long MaximumDecodingMemory = 256 << 20;

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
ImageDecoder decoder = new() { MaximumPixels = MaximumPixels, MaximumMemory = MaximumDecodingMemory };
builder.Services.AddOnnxAffectPredictor(builder.Configuration["model"] ?? "affect.onnx", options =>
{
    // Requests come on many threads; let each have one core, and none of them wait in a loop.
    options.Threads = 1;
    options.Spinning = false;
    options.Decoder = decoder;
});
builder.Services.AddFaceReader(options => (options.Decoder, options.DetectorPath) = (decoder, builder.Configuration["detector"]));
builder.Services.AddHealthChecks().AddCheck<PredictorHealthCheck>("predictor");
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, ReplyJson.Default));

// Faces are personal data: a form is kept in memory, never in a temporary file.
builder.Services.Configure<FormOptions>(options => options.MemoryBufferThreshold = MaximumBodyBytes);
builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = MaximumBodyBytes);
WebApplication app = builder.Build();

// A model that cannot be loaded ends the program now instead of failing the first request.
IAffectPredictor predictor = app.Services.GetRequiredService<IAffectPredictor>();
app.MapHealthChecks("/health");
app.MapGet("/model", () => ModelReply.Of(predictor.Metadata));
app.MapPost("/predict", PredictEndpoint.HandleAsync);

// A build without npm has no detector; another one may be given.
if (OnnxFaceDetector.HasBuiltIn || builder.Configuration["detector"] is not null)
{
    app.Services.GetRequiredService<FaceReader>();
    app.MapPost("/faces", FacesEndpoint.HandleAsync);
}

app.Run();
