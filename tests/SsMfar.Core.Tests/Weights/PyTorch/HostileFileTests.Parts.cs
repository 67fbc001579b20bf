using System.Text;
using SsMfar.Models;
using SsMfar.Tests.Models;
using SsMfar.Weights;

namespace SsMfar.Tests.Weights.PyTorch;

/// <content>What the tests are made of.</content>
public sealed partial class HostileFileTests
{
    private static long Allocated(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private void Write(byte[] content) => File.WriteAllBytes(Path, content);

    private string? Failure()
    {
        try
        {
            WeightFile.Open(Path).Dispose();
            return null;
        }
        catch (ModelFileException e)
        {
            e.Message.Should().StartWith(Path);
            return e.Message;
        }
    }

    private void RefusedZip(byte[] pickle, string message) =>
        Refused(PyTorchForge.Zip(new PyTorchForge.Entry("archive/data.pkl", pickle)), message);

    private void Refused(byte[] content, string message)
    {
        Write(content);
        ((Action)(() => WeightFile.Open(Path).Dispose())).Should().Throw<ModelFileException>().WithMessage($"{Path}{message}").Which.Path
            .Should()
            .Be(Path);
    }
}
