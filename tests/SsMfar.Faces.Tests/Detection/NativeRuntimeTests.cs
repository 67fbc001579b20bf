using SsMfar.Inference;

namespace SsMfar.Tests.Faces;

/// <summary>Where ONNX Runtime's native library cannot be loaded.</summary>
public sealed class NativeRuntimeTests
{
    [Fact]
    public void What_is_missing_is_said_with_the_package_and_its_platforms()
    {
        DllNotFoundException cause = new("Unable to load shared library 'onnxruntime'.");
        TypeInitializationException failure = new("Outer", new TypeInitializationException("NativeMethods", cause));

        DllNotFoundException missing = NativeRuntime.Missing(failure)!;

        missing.Message.Should().Match(
            "*cannot be loaded: Unable to load shared library 'onnxruntime'. The package Microsoft.ML.OnnxRuntime*");
        missing.InnerException.Should().BeSameAs(failure);
        NativeRuntime.Missing(cause).Should().NotBeNull();
    }

    [Fact]
    public void Other_failures_are_left_as_they_are()
    {
        NativeRuntime.Missing(new TypeInitializationException("x", new InvalidOperationException())).Should().BeNull();
        NativeRuntime.Missing(new InvalidOperationException("x", new DllNotFoundException())).Should().BeNull();
    }
}
