using SsMfar.Losses;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>
/// float32 is float32 unless TensorFloat32 was asked for. The switches are libtorch's and read back here; the arithmetic needs a GPU.
/// </summary>
[Collection(ProcessState.Name)]
public sealed class TensorFloat32Tests
{
    [Fact]
    public void The_runtime_forbids_it_unless_asked() => TensorFloat32.IsAllowed.Should().BeFalse();

    [Fact]
    public async Task A_step_in_full_precision_forbids_it_and_leaves_the_process_as_it_was()
    {
        List<bool> seen = [];
        using (TensorFloat32.Set(allowed: true))
        {
            torch.backends.cudnn.allow_tf32.Should().BeTrue();
            torch.backends.cuda.matmul.allow_tf32.Should().BeTrue();
            using TrainingResult result = await Tiny.Builder(options => options.Precision = TrainingPrecision.Full)
                .UseLoss(AffectTaskNames.ActionUnits, _ => new WatchingLoss(seen)).Build().FitAsync(TinyFaces.Dataset(40));
            TensorFloat32.IsAllowed.Should().BeTrue();
        }

        TensorFloat32.IsAllowed.Should().BeFalse();
        seen.Should().NotBeEmpty().And.OnlyContain(allowed => !allowed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Changes_that_overlap_leave_what_was_there(bool first)
    {
        TensorFloat32.Change one = TensorFloat32.Set(first);
        TensorFloat32.Change other = TensorFloat32.Set(!first);
        one.Dispose();
        TensorFloat32.IsAllowed.Should().Be(!first, "one of them goes on");
        other.Dispose();

        TensorFloat32.IsAllowed.Should().BeFalse();
    }

    [Fact]
    public void Each_switch_is_as_before_afterwards()
    {
        torch.backends.cudnn.allow_tf32 = true;
        try
        {
            TensorFloat32.Set(allowed: false).Dispose();

            torch.backends.cudnn.allow_tf32.Should().BeTrue();
            torch.backends.cuda.matmul.allow_tf32.Should().BeFalse();
        }
        finally
        {
            TensorFloat32.IsAllowed = false;
        }
    }

    [Fact]
    public async Task It_is_refused_where_the_device_does_not_have_it()
    {
        MultiTaskTrainer trainer = Tiny.Builder(options => options.Precision = TrainingPrecision.TensorFloat32).Build();

        await trainer.Awaiting(t => t.FitAsync(TinyFaces.Dataset(40))).Should().ThrowAsync<TrainingConfigurationException>()
            .WithMessage("*TensorFloat32*compute capability 8.0*the device is cpu*Auto*Full*");
    }

    private sealed class WatchingLoss(List<bool> seen) : ITaskLoss
    {
        public TaskLossResult Compute(TaskLossInput input)
        {
            seen.Add(torch.backends.cudnn.allow_tf32 || torch.backends.cuda.matmul.allow_tf32);
            return new(input.Weak.pow(Scalars.Of(2)).mean(), []);
        }
    }
}
