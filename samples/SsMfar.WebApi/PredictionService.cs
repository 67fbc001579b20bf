using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.WebApi;

/// <summary>
/// The web application: a predictor behind HTTP, with limits to connections, bodies, pictures, and the faces of one. They are for all
/// clients together: none has a share of its own.
/// </summary>
internal static class PredictionService
{
    // A small file may hold a large image: what is decoded is bounded for one request, and for all that are decoded at the same time;
    // others wait. What a photograph is searched in afterwards is bounded by its own memory (PhotographMemory).
    internal const long MaximumPixels = 50_000_000;
    private const long MaximumDecodingMemory = 256 << 20;

    // Each face is cut out and read while its photograph keeps a place: the largest are answered.
    private const int MaximumFaces = 64;

    // Per connection: what is read ahead of a body that nobody reads yet, and what is written ahead of a client that does not read. The
    // longest reply fits, so that a client that does not read holds no place.
    private const int ReadAheadBytes = 1 << 16;
    private const int WriteAheadBytes = 1 << 20;

    /// <summary>Makes the application, with its model loaded.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="configure">Adds services after the application's own, in whose place they come.</param>
    public static WebApplication Create(string[] arguments, Action<IServiceCollection>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(arguments);
        ServiceLimits limits = ServiceLimits.Of(builder.Configuration);
        AddModels(builder, limits);
        builder.Services.AddSingleton(limits).AddSingleton<WorkPlaces>().AddSingleton<PictureRequest>();
        builder.Services.AddSingleton<BodyMemory>().AddSingleton<PhotographMemory>();
        builder.Services.AddSingleton<PredictorHealthCheck>().AddHealthChecks().AddCheck<PredictorHealthCheck>("predictor");
        builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, ReplyJson.Default));

        // Faces are personal data: a form is kept in memory, never in a temporary file.
        builder.Services.Configure<FormOptions>(options => options.MemoryBufferThreshold = ServiceLimits.MaximumBodyBytes);
        builder.WebHost.ConfigureKestrel(options => Bound(options.Limits, limits));

        // A line for every request would be work for every request, also for those that are refused.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        configure?.Invoke(builder.Services);

        // Pictures keep a thread each busy for as long as they are at a place; requests are received and refused on others. Batches have
        // threads of their own.
        ThreadPool.GetMinThreads(out int threads, out int completion);
        ThreadPool.SetMinThreads(Math.Max(threads, Environment.ProcessorCount + limits.AtOnce), completion);
        WebApplication app = builder.Build();
        Map(app);
        return app;
    }

    private static void AddModels(WebApplicationBuilder builder, ServiceLimits limits)
    {
        ImageDecoder decoder = new() { MaximumPixels = MaximumPixels, MaximumMemory = MaximumDecodingMemory };
        builder.Services.AddOnnxAffectPredictor(builder.Configuration["model"] ?? "affect.onnx", options =>
        {
            // A batch has a processor of its own unless told otherwise, and waits for none in a loop: others decode meanwhile.
            options.ConcurrentBatches = limits.BatchesAtOnce();
            options.BatchSize = limits.Batch;
            options.Threads = limits.BatchThreads;
            options.Spinning = false;
            options.Decoder = decoder;
        });
        builder.Services.AddSingleton(decoder);
        builder.Services.AddFaceReader(options =>
        {
            options.Decoder = decoder;
            options.DetectorPath = builder.Configuration["detector"];
            options.MaximumFaces = MaximumFaces;
        });
    }

    private static void Bound(KestrelServerLimits kestrel, ServiceLimits limits)
    {
        kestrel.MaxConcurrentConnections = limits.Connections;
        kestrel.MaxRequestBodySize = ServiceLimits.MaximumBodyBytes + ServiceLimits.ThrownAwayBytes;
        kestrel.MaxRequestBufferSize = ReadAheadBytes;
        kestrel.MaxResponseBufferSize = WriteAheadBytes;
        kestrel.MaxRequestHeadersTotalSize = 1 << 14;
        kestrel.RequestHeadersTimeout = TimeSpan.FromSeconds(limits.HeaderSeconds);
        kestrel.KeepAliveTimeout = TimeSpan.FromMinutes(1);
        kestrel.MinRequestBodyDataRate = new(limits.BodyBytesPerSecond, TimeSpan.FromSeconds(3));
    }

    private static void Map(WebApplication app)
    {
        // A model that cannot be loaded ends the program now instead of failing the first request. The first picture takes longer than the
        // others; the second is the first measure of how long one takes.
        IAffectPredictor predictor = app.Services.GetRequiredService<IAffectPredictor>();
        PredictorHealthCheck.Try(predictor);
        long start = Stopwatch.GetTimestamp();
        PredictorHealthCheck.Try(predictor);
        app.Services.GetRequiredService<WorkPlaces>().Time.Add(Stopwatch.GetElapsedTime(start), here: 1);

        app.MapHealthChecks("/health");
        app.MapGet("/model", () => ModelReply.Of(predictor.Metadata));
        app.MapPost("/predict", PredictEndpoint.HandleAsync);

        // A build without npm has no detector; another one may be given.
        if (OnnxFaceDetector.HasBuiltIn || app.Configuration["detector"] is not null)
        {
            app.Services.GetRequiredService<FaceReader>();
            app.MapPost("/faces", FacesEndpoint.HandleAsync);
        }
    }
}
