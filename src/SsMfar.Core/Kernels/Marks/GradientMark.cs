using SsMfar.Kernels.Native;
using TorchSharp;

namespace SsMfar.Kernels.Marks;

/// <summary>Hears, during a backward pass, which parts of a model have all of their gradients.</summary>
internal interface IGradientListener
{
    /// <summary>A forward pass goes through a part; its backward pass will end with a <see cref="Passed"/>.</summary>
    /// <param name="part">The part.</param>
    void Expect(torch.nn.Module part);

    /// <summary>The backward pass of one forward pass through a part has ended: it has that pass's gradients.</summary>
    /// <param name="part">The part.</param>
    void Passed(torch.nn.Module part);
}

/// <summary>
/// A place in a model through which everything goes that a later part is given. libtorch goes backward through the newest operations
/// first, and gives a parameter its gradient before anything else; when it comes here, the later part is therefore done. TorchSharp has no
/// hooks on gradients; this is what it has instead, an operation of its own that changes nothing.
/// </summary>
internal static class GradientMark
{
    [ThreadStatic]
    private static IGradientListener? s_listener;

    /// <summary>Tells of this thread's forward passes and of what goes back through them, until disposed.</summary>
    /// <param name="listener">Whom; null for nobody.</param>
    public static Listening Listen(IGradientListener? listener)
    {
        Listening listening = new(s_listener);
        s_listener = listener;
        return listening;
    }

    /// <summary>The input of a part, through a mark where somebody listens.</summary>
    /// <param name="input">What the part, and nothing else, is given.</param>
    /// <param name="part">The part; its parameters take part in nothing earlier.</param>
    /// <returns>The input itself, or another view of it, which the current scope owns.</returns>
    public static torch.Tensor Before(torch.Tensor input, torch.nn.Module part)
    {
        if (s_listener is not { } listener || !input.requires_grad)
        {
            return input;
        }

        listener.Expect(part);
        return Differentiable.apply(input, part, listener);
    }

    /// <summary>Ends the listening.</summary>
    public readonly struct Listening(IGradientListener? before) : IDisposable
    {
        public void Dispose() => s_listener = before;
    }

    private sealed class Differentiable : torch.autograd.SingleTensorFunction<Differentiable>
    {
        private const string PartKey = "part";
        private const string ListenerKey = "listener";

        public override string Name => nameof(GradientMark);

        public override torch.Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_data(PartKey, vars[1]);
            ctx.save_data(ListenerKey, vars[2]);
            return ((torch.Tensor)vars[0]).alias();
        }

        public override List<torch.Tensor> backward(torch.autograd.AutogradContext ctx, torch.Tensor grad_output)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            ((IGradientListener)ctx.get_data(ListenerKey)).Passed((torch.nn.Module)ctx.get_data(PartKey));
            scope.Attach(grad_output);
            return HandedGradients.Of(grad_output.alias(), null, null);
        }
    }
}
