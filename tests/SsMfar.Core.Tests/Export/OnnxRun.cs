using Microsoft.ML.OnnxRuntime;

namespace SsMfar.Tests.Export;

/// <summary>ONNX Runtime called by hand, which checks a file on loading it.</summary>
internal sealed class OnnxRun : IDisposable
{
    private static readonly RunOptions Options = new();

    public OnnxRun(string path)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        Session = new InferenceSession(path, options);
    }

    public InferenceSession Session { get; }

    public Dictionary<string, float[]> Run<T>(T[] input, params long[] shape)
        where T : unmanaged
    {
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(input, shape);
        using IDisposableReadOnlyCollection<OrtValue> outputs =
            Session.Run(Options, Session.InputNames, [value], Session.OutputNames);
        return Session.OutputNames.Zip(outputs)
            .ToDictionary(pair => pair.First, pair => pair.Second.GetTensorDataAsSpan<float>().ToArray());
    }

    public void Dispose() => Session.Dispose();
}
