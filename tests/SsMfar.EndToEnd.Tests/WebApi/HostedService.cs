using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;
using SsMfar.Metadata;
using SsMfar.Onnx;
using SsMfar.WebApi;

namespace SsMfar.Tests.WebApi;

/// <summary>The web sample's application in this process, with a predictor that keeps pictures until it is told.</summary>
internal sealed class HostedService : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly WebApplication _application;
    private readonly List<Socket> _sockets = [];

    private HostedService(WebApplication application)
    {
        _application = application;
        Client = new() { BaseAddress = new(application.Urls.Single()), Timeout = Patience };
    }

    public GatedPredictor Predictor => (GatedPredictor)_application.Services.GetRequiredService<IAffectPredictor>();

    public WorkPlaces Places => _application.Services.GetRequiredService<WorkPlaces>();

    public BodyMemory Memory => _application.Services.GetRequiredService<BodyMemory>();

    public PhotographMemory Photographs => _application.Services.GetRequiredService<PhotographMemory>();

    public KestrelServerLimits Kestrel => _application.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;

    public OnnxAffectPredictorOptions Options =>
        _application.Services.GetRequiredService<IOptions<OnnxAffectPredictorOptions>>().Value;

    public FaceReaderOptions FaceOptions => _application.Services.GetRequiredService<IOptions<FaceReaderOptions>>().Value;

    public WholePicture Detector => _application.Services.GetRequiredService<WholePicture>();

    public HttpClient Client { get; }

    public static async Task<HostedService> StartAsync(params string[] limits)
    {
        // The detector's name alone makes the service offer what it is for.
        WebApplication application = PredictionService.Create(
            ["--urls", "http://127.0.0.1:0", "--detector", "none", .. limits.Select(limit => $"--Limits:{limit}")],
            services =>
            {
                // Instead of the sample's, which have a file each.
                services.RemoveAll<IAffectPredictor>();
                services.AddSingleton<IAffectPredictor>(new GatedPredictor());
                services.AddSingleton<WholePicture>();
                services.AddSingleton(provider => new FaceReader(
                    provider.GetRequiredService<WholePicture>(), provider.GetRequiredService<IAffectPredictor>()));
            });
        await application.StartAsync();
        return new(application);
    }

    /// <summary>Posts bytes as a picture.</summary>
    public async Task<HttpResponseMessage> PostAsync(
        byte[] picture, string path = "/predict", CancellationToken cancellationToken = default)
    {
        using ByteArrayContent content = new(picture);
        return await Client.PostAsync(path, content, cancellationToken);
    }

    /// <summary>A picture with bytes behind it that are none of it.</summary>
    public static byte[] Picture(int bytes = 1000)
    {
        byte[] picture = TestImages.Jpeg(8, 8);
        Array.Resize(ref picture, Math.Max(bytes, picture.Length));
        return picture;
    }

    /// <summary>Opens a connection and sends a text, as a client does that goes no further.</summary>
    public Task<Socket> SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    /// <summary>Opens a connection and sends bytes, as a client does that goes no further.</summary>
    public async Task<Socket> SendAsync(byte[] bytes)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        await socket.ConnectAsync(IPAddress.Loopback, Client.BaseAddress!.Port);
        try
        {
            await socket.SendAsync(bytes);
        }
        catch (SocketException)
        {
            // Closed as it came.
        }

        return socket;
    }

    /// <summary>What a connection is told until the server closes or resets it.</summary>
    public static async Task<string> ReadToEndAsync(Socket socket)
    {
        StringBuilder text = new();
        byte[] buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer) is > 0 and int read)
            {
                text.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }
        }
        catch (SocketException)
        {
            // Reset, as a server may that gives up what it had not read.
        }

        return text.ToString();
    }

    /// <summary>Waits until something holds, which it does sooner or later.</summary>
    public static async Task UntilAsync(Func<bool> holds)
    {
        using CancellationTokenSource never = new(Patience);
        while (!holds())
        {
            await Task.Delay(5, never.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Predictor.Failure = null;
        Predictor.Open();
        foreach (Socket socket in _sockets)
        {
            socket.Dispose();
        }

        Client.Dispose();
        await _application.DisposeAsync();
    }

    /// <summary>Finds one face, which is the whole picture.</summary>
    public sealed class WholePicture : IFaceDetector
    {
        private int _endless;
        private int _ended;

        public ImmutableArray<FaceLandmark> Landmarks => [];

        /// <summary>Gets or sets whether it looks until it is cancelled.</summary>
        public bool IsEndless { get; set; }

        /// <summary>Gets how many endless searches began.</summary>
        public int Endless => Volatile.Read(ref _endless);

        /// <summary>Gets how many of them were cancelled.</summary>
        public int Ended => Volatile.Read(ref _ended);

        public ImmutableArray<DetectedFace> Detect(RgbImage picture, CancellationToken cancellationToken = default)
        {
            if (IsEndless)
            {
                Interlocked.Increment(ref _endless);
                if (cancellationToken.WaitHandle.WaitOne(Patience))
                {
                    Interlocked.Increment(ref _ended);
                }

                cancellationToken.ThrowIfCancellationRequested();
            }

            return [new DetectedFace(new(0, 0, picture.Width, picture.Height), [], 1)];
        }

        public void Dispose()
        {
        }
    }
}
