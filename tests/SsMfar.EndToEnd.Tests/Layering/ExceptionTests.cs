using System.Reflection;
using SsMfar.Data;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Onnx;
using SsMfar.Reports;
using SsMfar.Training;
using SsMfar.Video;
using SsMfar.Weights;

namespace SsMfar.Tests.Layering;

/// <summary>One base for what a caller can put right, with the remedy apart.</summary>
public sealed class ExceptionTests
{
    private static readonly Assembly[] Libraries =
    [
        typeof(AnnotationSet).Assembly, typeof(MultiTaskTrainer).Assembly, typeof(OnnxAffectPredictor).Assembly,
        typeof(FaceReader).Assembly, typeof(VideoReader).Assembly, typeof(AffectReport).Assembly,
    ];

    [Fact]
    public void Every_exception_of_the_libraries_has_the_base()
    {
        Type[] exceptions = [.. Libraries.SelectMany(library => library.GetTypes()).Where(type => type.IsAssignableTo(typeof(Exception)))];

        exceptions.Should().HaveCountGreaterThan(14).And.OnlyContain(type => type.IsAssignableTo(typeof(SsMfarException)));
    }

    [Fact]
    public void The_message_ends_with_the_remedy()
    {
        SsMfarException[] faults =
        [
            new ModelFileException("a.safetensors", "x", "it is cut", "Copy it again"),
            new UnknownPartException("No head of kind 'x' is known.", "Register it."),
            new ImageDecodeException("a.jpg", "it is cut", "Copy it again."),
            new VideoSourceException("a.mp4", "it is cut", "Copy it again."),
            new VideoRunException("It cannot be gone on with.", "Begin anew."),
            Thrown<AnnotationFormatException>(() => AnnotationSet.Read(new StringReader("nonsense, yes\n1,2\n"))),
            Thrown<TrainingConfigurationException>(() => MultiTaskTrainer.CreateBuilder().Configure(o => o.Epochs = 0).Build()),
        ];

        faults[..^1].Should().OnlyContain(
            fault => fault.Remedy!.Length > 0 && fault.Message.EndsWith(fault.Remedy, StringComparison.Ordinal));
        faults[^1].Remedy.Should().BeNull("each of several faults has its own");
    }

    private static TException Thrown<TException>(Action action)
        where TException : Exception => action.Should().Throw<TException>().Which;
}
