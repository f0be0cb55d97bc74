// Runs inside KWin (Plasma 6), once for each question or order. `order` and `reply` are set above.

function plain(id) {
    return String(id).replace(/[^0-9a-fA-F]/g, "").toLowerCase();
}

function rectangle(from) {
    return from ? { x: from.x, y: from.y, width: from.width, height: from.height } : null;
}

// Layer surfaces are windows to KWin, with the name of their program as a class. They have nothing else, and stay in place.
function isLayer(window) {
    return !window.desktopFileName && !window.caption && !window.moveable && !window.resizeable && !window.fullScreen;
}

// Panels, wallpapers and menus are no windows.
function isWindow(window) {
    return !window.deleted && !window.desktopWindow && !window.dock && !window.popupWindow &&
        !window.notification && !window.criticalNotification && !window.onScreenDisplay && !window.tooltip &&
        !isLayer(window);
}

function currentDesktop(output) {
    var own = typeof workspace.currentDesktopForScreen === "function" && output ? workspace.currentDesktopForScreen(output) : null;
    return own || workspace.currentDesktop;
}

function isShown(window) {
    if (window.minimized) {
        return false;
    }
    var activities = window.activities || [];
    if (activities.length > 0 && workspace.currentActivity && activities.indexOf(workspace.currentActivity) < 0) {
        return false;
    }
    var current = currentDesktop(window.output);
    // On none means on all.
    return window.onAllDesktops || window.desktops.length === 0 || window.desktops.some(function (desktop) {
        return desktop.id === current.id;
    });
}

function list() {
    // From bottom to top.
    var windows = workspace.stackingOrder.slice().reverse().filter(isWindow).map(function (window) {
        return {
            id: plain(window.internalId),
            title: String(window.caption || ""),
            app: String(window.desktopFileName || window.resourceClass || ""),
            pid: window.pid,
            area: rectangle(window.clientGeometry || window.frameGeometry),
            focused: window === workspace.activeWindow,
            visible: isShown(window),
            output: window.output ? window.output.name : null,
            desktop: window.desktops.length > 0 ? window.desktops[0].x11DesktopNumber : 0
        };
    });
    var outputs = workspace.screens.map(function (output) {
        return {
            name: output.name,
            area: rectangle(output.geometry),
            scale: output.devicePixelRatio,
            focused: output === workspace.activeScreen
        };
    });
    var desktops = workspace.desktops.map(function (desktop) {
        var shownOn = workspace.screens.filter(function (output) {
            return currentDesktop(output).id === desktop.id;
        });
        return {
            number: desktop.x11DesktopNumber,
            name: desktop.name,
            shown: shownOn.length > 0,
            focused: currentDesktop(workspace.activeScreen).id === desktop.id
        };
    });
    return { windows: windows, outputs: outputs, desktops: desktops, pointer: { x: workspace.cursorPos.x, y: workspace.cursorPos.y } };
}

function found(all, what, isIt) {
    var it = all.filter(isIt)[0];
    if (!it) {
        throw new Error("there is no " + what);
    }
    return it;
}

function obey() {
    if (typeof workspace.windowList !== "function" || !workspace.stackingOrder) {
        throw new Error("this KWin is older than Plasma 6");
    }
    var window = function () {
        return found(workspace.stackingOrder, "such window", function (each) { return plain(each.internalId) === order.window; });
    };
    var desktop = function () {
        return found(workspace.desktops, "desktop " + order.desktop, function (each) { return String(each.x11DesktopNumber) === order.desktop; });
    };
    switch (order.verb) {
    case "list":
        return list();
    case "focus":
        workspace.activeWindow = window();
        return {};
    case "close":
        window().closeWindow();
        return {};
    case "to-desktop":
        window().desktops = [desktop()];
        return {};
    case "to-output":
        workspace.sendClientToScreen(window(), found(workspace.screens, "output " + order.output, function (each) { return each.name === order.output; }));
        return {};
    case "show":
        workspace.currentDesktop = desktop();
        return {};
    }
    throw new Error("there is no such order");
}

var answer;
try {
    answer = { ok: obey() };
} catch (error) {
    answer = { error: String(error.message || error) };
}
callDBus(reply.owner, reply.path, reply.interface, "Answer", reply.token, JSON.stringify(answer));
