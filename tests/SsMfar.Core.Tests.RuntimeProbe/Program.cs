using System.Diagnostics;
using System.Text.Json;
using SsMfar.Runtime;
using SsMfar.Tests.RuntimeProbe;
using TorchSharp;

// runtime-probe [--libtorch DIR] [--other-version] [--cache DIR] [--no-memory-file] [--touch-first] [--before DIR] [--spins N]
//   [--convolve N] [--first CALL MODEL]
// runtime-probe --large-pages BYTES
// Prints one line of JSON about what was loaded and a sum computed with it; exit code 3 and the message when loading failed.
// With BYTES one number, and libtorch is not loaded.
if (ValueOf("--large-pages") is { } bytes)
{
    LargeMemory.Print(int.Parse(bytes, System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}

var options = new TorchRuntimeOptions { UseMemoryFile = !args.Contains("--no-memory-file") };
options.LibTorchDirectory = ValueOf("--libtorch");
options.CacheDirectory = ValueOf("--cache");
options.ThreadSpins = ValueOf("--spins") is { } spins ? int.Parse(spins, System.Globalization.CultureInfo.InvariantCulture) : null;
options.AllowOtherLibTorchVersion = args.Contains("--other-version");
try
{
    if (args.Contains("--touch-first"))
    {
        TouchTorchSharp();
    }

    if (ValueOf("--first") is { } first)
    {
        FirstCalls.Make(first, args[^1]);
    }

    if (ValueOf("--before") is { } refused)
    {
        TryToInitialize(refused);
    }

    TorchRuntime.Initialize(options);
    if (ValueOf("--convolve") is { } shapes)
    {
        ConvolveOnTwoThreads(int.Parse(shapes, System.Globalization.CultureInfo.InvariantCulture));
    }

    using var ones = torch.ones(2, 3);
    using var product = ones.mm(ones.t());
    using var sum = product.sum();
    var status = TorchRuntime.Status!;
    var sinceStart = DateTime.Now - Process.GetCurrentProcess().StartTime;
    Console.WriteLine(JsonSerializer.Serialize(new
    {
        bridge = status.Bridge.ToString(),
        external = status.UsesExternalLibTorch,
        libTorch = status.LibTorchDirectory,
        version = status.LibTorchVersion,
        cuda = torch.cuda.is_available(),
        sum = sum.item<float>(),
        milliseconds = sinceStart.TotalMilliseconds,
        mapped = MappedLibTorch(),
    }));
    return 0;
}
catch (TorchRuntimeException e)
{
    Console.Error.WriteLine(e.Message);
    return 3;
}

string? ValueOf(string name)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? null : args[at + 1];
}

// A first call that must fail, so that what follows is a second one.
static void TryToInitialize(string folder)
{
    try
    {
        TorchRuntime.Initialize(new() { LibTorchDirectory = folder });
    }
    catch (TorchRuntimeException)
    {
        return;
    }

    throw new InvalidOperationException($"The libtorch in {folder} was loaded.");
}

// Both threads are the first to convolve in each shape, so that they plan it at the same time.
static void ConvolveOnTwoThreads(int shapes)
{
    using var meeting = new Barrier(2);
    Thread[] threads = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() => Convolve(shapes, meeting)))];
    Array.ForEach(threads, thread => thread.Start());
    Array.ForEach(threads, thread => thread.Join());
}

static void Convolve(int shapes, Barrier meeting)
{
    torch.set_num_threads(1);
    for (int shape = 0; shape < shapes; shape++)
    {
        using var scope = torch.NewDisposeScope();
        var images = ChannelsLast(torch.randn(1 + (shape % 31), 8 * (1 + (shape % 61)), 2 + (shape % 13), 2 + (shape % 13)));
        var filters = ChannelsLast(torch.randn(8 * (1 + (shape % 59)), images.size(1), 3, 3));
        meeting.SignalAndWait();
        torch.nn.functional.conv2d(images, filters, strides: [1, 1], padding: [1, 1]).sum().backward();
    }
}

static torch.Tensor ChannelsLast(torch.Tensor tensor) =>
    tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2).detach().requires_grad_();

static void TouchTorchSharp()
{
    try
    {
        Console.Error.WriteLine($"before Initialize: {torch.cuda.is_available()}");
    }
    catch (Exception e) when (e is TypeInitializationException or NotSupportedException)
    {
        Console.Error.WriteLine($"before Initialize: {e.GetType().Name}");
    }
}

// Every libtorch_cpu.so mapped into this process: two would be one too many.
static string[] MappedLibTorch() =>
    File.Exists("/proc/self/maps")
        ? [.. File.ReadLines("/proc/self/maps")
            .Where(line => line.EndsWith("/libtorch_cpu.so", StringComparison.Ordinal))
            .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
            .Distinct()]
        : [];
